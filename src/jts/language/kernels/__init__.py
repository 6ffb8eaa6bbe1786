"""The small typed Python that runs as written in tests and is compiled, from the same source, to
WebAssembly.
"""

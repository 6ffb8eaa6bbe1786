"""From a checked plan to the intermediate form and to WebAssembly."""

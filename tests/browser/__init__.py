"""The page in Chromium, against a made-up platform or a real one."""

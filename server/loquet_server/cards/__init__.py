"""Cards that prove a key: the site's masters, and encoding at a reader."""

"""Backups: everything that the server knows, in one sealed file; and back again.

``sealed`` is the file's format, ``dump`` what is in it, ``restore`` the way back. A backup is a
consistent picture of one moment, taken while the server runs, and can be read back into either
kind of database. Whoever was erased since then is erased again by the restore.
"""

"""What each command of ``loquet-edge`` does; ``cli`` only reads words and prints lines."""

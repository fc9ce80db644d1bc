"""Why was she refused? The same rule, the same policy, the same moment."""

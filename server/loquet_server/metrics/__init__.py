"""``/metrics``: what a monitor watches, in Prometheus' text format; nobody in it."""

"""The process that alone owns lock outputs and safety inputs. See ``leases`` for how it thinks."""

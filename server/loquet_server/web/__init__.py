"""What every page shares: templates, two languages, assets, and what a browser may do."""

"""What members pay for."""

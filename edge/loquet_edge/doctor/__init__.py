"""What ``loquet-edge doctor`` looks at: each look is small, and takes its sources as arguments."""

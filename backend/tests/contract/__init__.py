"""What the API promises to its clients."""

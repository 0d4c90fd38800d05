"""What the API promises to its clients, row by row."""

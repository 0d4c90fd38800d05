"""Each rule by itself, without the application."""

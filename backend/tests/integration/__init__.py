"""What the parts do together: workflows, concurrency, migrations, the document of the API."""

"""Integration tests: workflows, concurrency, migrations, the OpenAPI document."""

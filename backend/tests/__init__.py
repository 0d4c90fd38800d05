"""The specification of Tasktrail as tests: the contract, integration, and units."""

from config import Settings

Settings.model_config["env_file"] = None  # `backend/.env` is for developers, not for the tests

"""The specification of Tasktrail, as tests: the contract, the parts together, and each rule by itself."""

from config import Settings

Settings.model_config["env_file"] = None  # `backend/.env` is for developers, not for the tests

"""The specification of Tasktrail, as tests: the contract, what the parts do together, and each rule alone."""

from config import Settings

Settings.model_config["env_file"] = None  # `backend/.env` is for whoever works here, not for the tests

"""The specification of Tasktrail, as tests: the contract, what the parts do together, and each rule alone."""

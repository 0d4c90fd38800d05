"""Django as its users run it in production: no debug, no middleware that an API does not need."""

import os

SECRET_KEY = "made-to-be-measured"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["rest_framework", "tasks"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
WSGI_APPLICATION = "wsgi.application"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 10,
}

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": os.environ["BENCH_FILE"],
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
    },
}
POSTGRESQL = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": os.environ["BENCH_NAME"],
    "HOST": os.environ["BENCH_SOCKET"],
    "USER": "postgres",
    "CONN_MAX_AGE": 600,
}
DATABASES = {"default": {"sqlite": SQLITE, "postgresql": POSTGRESQL}[os.environ["BENCH_DATABASE"]]}
DATABASES["default"].setdefault("CONN_MAX_AGE", 600)

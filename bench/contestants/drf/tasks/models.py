"""A task and its history."""

import uuid

from django.core.validators import MaxLengthValidator
from django.db import models


class Task(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=255)
    description = models.TextField(null=True, validators=[MaxLengthValidator(5_000)])
    is_completed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)
    completed_at = models.DateTimeField(null=True, db_index=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ("is_completed", "-created_at")
        indexes = (models.Index("is_completed", models.F("created_at").desc(), name="task_order"),)


class Entry(models.Model):
    seq = models.BigAutoField(primary_key=True)
    history_id = models.UUIDField(unique=True, default=uuid.uuid4)
    task_id = models.UUIDField()
    version = models.IntegerField()
    action_type = models.CharField(max_length=11)
    task_title = models.CharField(max_length=255)
    description = models.TextField()
    changes = models.JSONField()
    timestamp = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ("-seq",)
        constraints = (models.UniqueConstraint(fields=("task_id", "version"), name="entry_version"),)
        indexes = (
            models.Index("task_id", models.F("seq").desc(), name="entry_task"),
            models.Index("action_type", models.F("seq").desc(), name="entry_action"),
        )

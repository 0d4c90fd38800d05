"""A view set of Django REST framework; each change and its entry in one transaction."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from tasks.models import Entry, Task

FIELDS = ("title", "description", "is_completed", "created_at", "updated_at", "completed_at")


class TaskSerializer(serializers.ModelSerializer):
    class Meta:
        model = Task
        fields = ("id", *FIELDS, "version")
        read_only_fields = ("is_completed", "completed_at", "version")


class EntrySerializer(serializers.ModelSerializer):
    class Meta:
        model = Entry
        fields = "__all__"


def values(task):
    return {field: getattr(task, field) for field in FIELDS}


def record(task, action_type, before):
    after = values(task)
    changes = {
        field: [str(before[field]) if before else None, str(after[field])]
        for field in FIELDS
        if not before or before[field] != after[field]
    }
    description = f'{action_type.capitalize()} "{task.title}"'
    Entry.objects.create(
        task_id=task.id,
        version=task.version,
        action_type=action_type,
        task_title=task.title,
        description=description,
        changes=changes,
    )


class TaskViewSet(mixins.CreateModelMixin, mixins.RetrieveModelMixin, mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Task.objects.all()
    serializer_class = TaskSerializer

    @transaction.atomic
    def perform_create(self, serializer):
        record(serializer.save(), "CREATED", {})

    @transaction.atomic
    def update(self, request, pk=None):
        task = self._locked(pk)
        before = values(task)
        serializer = self.get_serializer(task, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        changed = any(before[field] != value for field, value in serializer.validated_data.items())
        if changed:
            record(serializer.save(version=task.version + 1), "UPDATED", before)
        return Response(serializer.data)

    @action(detail=True, methods=["patch"])
    def complete(self, request, pk=None):
        return self._set(pk, "COMPLETED", is_completed=True)

    @action(detail=True, methods=["patch"])
    def incomplete(self, request, pk=None):
        return self._set(pk, "INCOMPLETED", is_completed=False)

    @transaction.atomic
    def _set(self, pk, action_type, *, is_completed):
        task = self._locked(pk)
        if task.is_completed != is_completed:
            before = values(task)
            task.is_completed = is_completed
            task.completed_at = timezone.now() if is_completed else None
            task.version += 1
            task.save()
            record(task, action_type, before)
        return Response(self.get_serializer(task).data)

    def _locked(self, pk):
        return get_object_or_404(Task.objects.select_for_update(), pk=pk)


class EntryViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Entry.objects.all()
    serializer_class = EntrySerializer


@api_view()
def weekly_stats(request):
    now = timezone.now()
    start = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    week = (start, start + timedelta(days=7) - timedelta.resolution)
    figures = Task.objects.aggregate(
        tasks_created_this_week=Count("pk", filter=Q(created_at__range=week)),
        tasks_completed_this_week=Count("pk", filter=Q(completed_at__range=week)),
        total_completed=Count("pk", filter=Q(is_completed=True)),
        total_tasks=Count("pk"),
    )
    figures["total_incomplete"] = figures["total_tasks"] - figures["total_completed"]
    return Response({**figures, "week_start": start})

from django.urls import include, path
from rest_framework.routers import SimpleRouter
from tasks.views import EntryViewSet, TaskViewSet, weekly_stats

router = SimpleRouter(trailing_slash=False)
router.register("tasks", TaskViewSet)
router.register("history", EntryViewSet)

urlpatterns = [path("", include(router.urls)), path("stats/weekly", weekly_stats)]

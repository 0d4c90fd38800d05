"""A history with entries of all kinds, to be attacked."""

from src.batching.preconditions import CommandContext
from src.history.change import Origin
from tests.databases import Database
from tests.house import opened

PROMISE = "the past can't be edited"
TASKS = 12


async def leave_a_history(database: Database) -> None:
    """Entries of all actions, of short and long texts, with and without request ids."""
    async with opened(database) as house:
        for number in range(TASKS):
            context = CommandContext(Origin(request_id=f"request-{number}" if number % 2 else None))
            task = await house.tasks.create_task(
                f"Milk {number} – 牛乳 🥛", "litre " * (800 if number == 5 else number), context
            )
            await house.tasks.update_task(task.id, title=f"Oat milk {number}", context=context)
            await house.tasks.mark_complete(task.id, context)
            if number % 3:
                await house.tasks.mark_incomplete(task.id, context)
            await house.tasks.delete_task(task.id, context)
            if number % 4:
                await house.tasks.restore_task(task.id, 3, context)

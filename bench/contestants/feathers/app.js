// Feathers on Koa with its Knex adapter; the hooks of a write and its entry share one transaction.
const { randomUUID } = require('node:crypto');
const { feathers } = require('@feathersjs/feathers');
const { koa, rest, bodyParser, errorHandler } = require('@feathersjs/koa');
const { KnexService, transaction } = require('@feathersjs/knex');
const { Ajv, hooks } = require('@feathersjs/schema');
const { getValidator, Type } = require('@feathersjs/typebox');
const { NotFound } = require('@feathersjs/errors');
const knex = require('knex');

const FIELDS = ['title', 'description', 'is_completed', 'created_at', 'updated_at', 'completed_at'];
const Title = Type.String({ minLength: 1, maxLength: 255 });
const Description = Type.String({ maxLength: 5000 });
const closed = { additionalProperties: false };
const NewTask = Type.Object({ title: Title, description: Type.Optional(Description) }, { $id: 'NewTask', ...closed });
const Patch = Type.Partial(
  Type.Object({ title: Title, description: Description, is_completed: Type.Boolean() }),
  { $id: 'Patch', ...closed },
);
const ajv = new Ajv({});

const Model = knex({
  client: 'pg',
  connection: { host: process.env.BENCH_SOCKET, user: 'postgres', database: process.env.BENCH_NAME },
  pool: { min: 2, max: 10 },
});

const begin = (context) => {
  const now = new Date();
  context.data = {
    description: null, ...context.data, id: randomUUID(), is_completed: false, created_at: now, updated_at: now, version: 1,
  };
};

const change = async (context) => {
  const { trx } = context.params.transaction;
  const before = await trx('tasks').where({ id: context.id }).forUpdate().first();
  if (!before) throw new NotFound(`No record found for id '${context.id}'`);
  context.params.before = before;
  const changed = Object.entries(context.data).some(([field, value]) => before[field] !== value);
  if (!changed) {
    context.result = before;
    return;
  }
  const now = new Date();
  if ('is_completed' in context.data) {
    context.data.completed_at = context.data.is_completed ? before.completed_at ?? now : null;
  }
  Object.assign(context.data, { updated_at: now, version: before.version + 1 });
};

const actionOf = (before, after) => {
  if (!before) return 'CREATED';
  if (before.is_completed === after.is_completed) return 'UPDATED';
  return after.is_completed ? 'COMPLETED' : 'INCOMPLETED';
};

const record = async (context) => {
  const { params: { before, transaction: { trx } }, result: task } = context;
  if (before && before.version === task.version) return;
  const text = (value) => (value instanceof Date ? value.toISOString() : value);
  const changes = {};
  for (const field of FIELDS) {
    const [old, now] = [before ? text(before[field]) : null, text(task[field])];
    if (old !== now) changes[field] = [old, now];
  }
  const action = actionOf(before, task);
  await trx('task_history').insert({
    history_id: randomUUID(),
    task_id: task.id,
    version: task.version,
    action_type: action,
    task_title: task.title,
    description: `${action} "${task.title}"`,
    changes: JSON.stringify(changes),
    timestamp: task.updated_at,
  });
};

class WeeklyStats {
  async find() {
    const { rows } = await Model.raw(`
      SELECT
        count(*) FILTER (WHERE created_at >= date_trunc('week', now(), 'UTC')) AS tasks_created_this_week,
        count(*) FILTER (WHERE completed_at >= date_trunc('week', now(), 'UTC')) AS tasks_completed_this_week,
        count(*) FILTER (WHERE is_completed) AS total_completed,
        count(*) FILTER (WHERE NOT is_completed) AS total_incomplete,
        count(*) AS total_tasks,
        date_trunc('week', now(), 'UTC') AS week_start
      FROM tasks`);
    return rows[0];
  }
}

const app = koa(feathers());
app.use(errorHandler());
app.use(bodyParser());
app.configure(rest());
app.use('tasks', new KnexService({ Model, name: 'tasks' }), { methods: ['find', 'get', 'create', 'patch'] });
app.use('history', new KnexService({ Model, name: 'task_history', id: 'seq', paginate: { default: 10, max: 100 } }), {
  methods: ['find', 'get'],
});
app.use('stats/weekly', new WeeklyStats(), { methods: ['find'] });

const { start, end, rollback } = transaction;
app.service('tasks').hooks({
  before: {
    create: [hooks.validateData(getValidator(NewTask, ajv)), begin, start()],
    patch: [hooks.validateData(getValidator(Patch, ajv)), start(), change],
  },
  after: { create: [record, end()], patch: [record, end()] },
  error: { create: [rollback()], patch: [rollback()] },
});

app.listen(Number(process.env.PORT), '127.0.0.1');

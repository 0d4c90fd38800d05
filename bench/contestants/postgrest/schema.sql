CREATE TABLE tasks (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    title varchar(255) NOT NULL CHECK (length(title) BETWEEN 1 AND 255),
    description varchar(5000),
    is_completed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX ON tasks (is_completed, created_at DESC);
CREATE INDEX ON tasks (created_at);
CREATE INDEX ON tasks (completed_at);

CREATE TABLE task_history (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    history_id uuid NOT NULL UNIQUE DEFAULT uuidv7(),
    task_id uuid NOT NULL,
    version integer NOT NULL,
    action_type varchar(11) NOT NULL,
    task_title varchar(255) NOT NULL,
    description text NOT NULL,
    changes jsonb NOT NULL,
    timestamp timestamptz NOT NULL DEFAULT now(),
    UNIQUE (task_id, version)
);
CREATE INDEX ON task_history (task_id, seq DESC);
CREATE INDEX ON task_history (action_type, seq DESC);
CREATE INDEX ON task_history (timestamp);

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    NEW.completed_at := CASE WHEN NOT NEW.is_completed THEN NULL ELSE coalesce(OLD.completed_at, now()) END;
    RETURN NEW;
END $$;

CREATE TRIGGER touch BEFORE UPDATE ON tasks
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch();

CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    action text := 'CREATED';
    before jsonb := '{}';
    sentence text := 'Created "' || NEW.title || '"';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := to_jsonb(OLD);
        action := CASE
            WHEN NEW.is_completed = OLD.is_completed THEN 'UPDATED'
            WHEN NEW.is_completed THEN 'COMPLETED' ELSE 'INCOMPLETED' END;
        sentence := action || ' "' || OLD.title || '", now "' || NEW.title || '"';
    END IF;
    INSERT INTO task_history (task_id, version, action_type, task_title, description, changes)
    SELECT NEW.id, NEW.version, action, NEW.title, sentence,
        jsonb_object_agg(field.key, jsonb_build_array(before -> field.key, field.value))
    FROM jsonb_each(to_jsonb(NEW)) AS field
    WHERE before -> field.key IS DISTINCT FROM field.value;
    RETURN NULL;
END $$;

CREATE TRIGGER record_insert AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION record();
CREATE TRIGGER record_update AFTER UPDATE ON tasks
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION record();

CREATE FUNCTION weekly_stats(OUT tasks_created_this_week bigint, OUT tasks_completed_this_week bigint,
    OUT total_completed bigint, OUT total_incomplete bigint, OUT total_tasks bigint, OUT week_start timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT
        (SELECT count(*) FROM tasks WHERE created_at >= date_trunc('week', now(), 'UTC')),
        (SELECT count(*) FROM tasks WHERE completed_at >= date_trunc('week', now(), 'UTC')),
        count(*) FILTER (WHERE is_completed), count(*) FILTER (WHERE NOT is_completed), count(*),
        date_trunc('week', now(), 'UTC')
    FROM tasks
$$;

CREATE ROLE web NOLOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON tasks TO web;
GRANT SELECT, INSERT ON task_history TO web;

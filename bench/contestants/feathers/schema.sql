CREATE TABLE tasks (
    id uuid PRIMARY KEY,
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
    history_id uuid NOT NULL UNIQUE,
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

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
CREATE TABLE daily_counts (
	day DATE NOT NULL,
	created BIGINT NOT NULL,
	completed BIGINT NOT NULL,
	CONSTRAINT pk_daily_counts PRIMARY KEY (day)
)
CREATE TABLE history_head (
	id INTEGER NOT NULL,
	seq BIGINT NOT NULL,
	hash VARCHAR(64) NOT NULL,
	timestamp VARCHAR(27) NOT NULL,
	created BIGINT NOT NULL,
	updated BIGINT NOT NULL,
	completed BIGINT NOT NULL,
	incompleted BIGINT NOT NULL,
	deleted BIGINT NOT NULL,
	restored BIGINT NOT NULL,
	living BIGINT NOT NULL,
	living_completed BIGINT NOT NULL,
	CONSTRAINT pk_history_head PRIMARY KEY (id),
	CONSTRAINT ck_history_head_single_row CHECK (id = 1)
)
CREATE TABLE idempotency_keys (
	"key" VARCHAR(255) NOT NULL,
	fingerprint VARCHAR(64) NOT NULL,
	snapshot TEXT NOT NULL,
	created_at VARCHAR(27) NOT NULL,
	CONSTRAINT pk_idempotency_keys PRIMARY KEY ("key")
)
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at)
CREATE TABLE task_history (
	seq INTEGER NOT NULL,
	history_id VARCHAR(36) NOT NULL,
	task_id VARCHAR(36) NOT NULL,
	version INTEGER NOT NULL,
	action_type VARCHAR(11) NOT NULL,
	task_title VARCHAR(255) NOT NULL,
	description TEXT NOT NULL,
	changes TEXT NOT NULL,
	request_id VARCHAR(64),
	timestamp VARCHAR(27) NOT NULL,
	previous_hash VARCHAR(64) NOT NULL,
	hash VARCHAR(64) NOT NULL,
	CONSTRAINT pk_task_history PRIMARY KEY (seq),
	CONSTRAINT uq_task_history_history_id UNIQUE (history_id),
	CONSTRAINT uq_task_history_task_id_version UNIQUE (task_id, version),
	CONSTRAINT ck_task_history_action_type_known CHECK (action_type IN ('CREATED', 'UPDATED', 'COMPLETED', 'INCOMPLETED', 'DELETED', 'RESTORED')),
	CONSTRAINT ck_task_history_numbers_positive CHECK (seq >= 1 AND version >= 1),
	CONSTRAINT ck_task_history_hash_length CHECK (length(previous_hash) = 64 AND length(hash) = 64)
)
CREATE INDEX ix_task_history_action_type_seq ON task_history (action_type, seq DESC)
CREATE INDEX ix_task_history_timestamp ON task_history (timestamp)
CREATE TRIGGER task_history_no_delete BEFORE DELETE ON task_history BEGIN SELECT RAISE(ABORT, 'task_history is append-only'); END
CREATE TRIGGER task_history_no_replace BEFORE INSERT ON task_history WHEN
        EXISTS (SELECT 1 FROM task_history WHERE seq = NEW.seq)
        OR EXISTS (SELECT 1 FROM task_history WHERE history_id = NEW.history_id)
        OR EXISTS (SELECT 1 FROM task_history WHERE task_id = NEW.task_id AND version = NEW.version) BEGIN SELECT RAISE(ABORT, 'task_history is append-only'); END
CREATE TRIGGER task_history_no_update BEFORE UPDATE ON task_history BEGIN SELECT RAISE(ABORT, 'task_history is append-only'); END
CREATE TABLE tasks (
	id VARCHAR(36) NOT NULL,
	title VARCHAR(255) NOT NULL,
	description VARCHAR(5000),
	is_completed BOOLEAN NOT NULL,
	created_at VARCHAR(27) NOT NULL,
	updated_at VARCHAR(27) NOT NULL,
	completed_at VARCHAR(27),
	version INTEGER NOT NULL, search_text TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_tasks PRIMARY KEY (id),
	CONSTRAINT ck_tasks_title_length CHECK (length(title) BETWEEN 1 AND 255),
	CONSTRAINT ck_tasks_description_length CHECK (length(description) <= 5000),
	CONSTRAINT ck_tasks_completed_at_agrees CHECK (is_completed = (completed_at IS NOT NULL)),
	CONSTRAINT ck_tasks_version_positive CHECK (version >= 1)
)
CREATE INDEX ix_tasks_is_completed_created_at ON tasks (is_completed, created_at DESC)

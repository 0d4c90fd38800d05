alembic_version.version_num character varying(32) NOT NULL
daily_counts.day date NOT NULL
daily_counts.created bigint NOT NULL
daily_counts.completed bigint NOT NULL
history_head.id integer NOT NULL
history_head.seq bigint NOT NULL
history_head.hash character varying(64) NOT NULL
history_head.timestamp timestamp with time zone NOT NULL
history_head.created bigint NOT NULL
history_head.updated bigint NOT NULL
history_head.completed bigint NOT NULL
history_head.incompleted bigint NOT NULL
history_head.deleted bigint NOT NULL
history_head.restored bigint NOT NULL
history_head.living bigint NOT NULL
history_head.living_completed bigint NOT NULL
idempotency_keys.key character varying(255) NOT NULL
idempotency_keys.fingerprint character varying(64) NOT NULL
idempotency_keys.snapshot text NOT NULL
idempotency_keys.created_at timestamp with time zone NOT NULL
task_history.seq bigint NOT NULL
task_history.history_id uuid NOT NULL
task_history.task_id uuid NOT NULL
task_history.version integer NOT NULL
task_history.action_type character varying(11) NOT NULL
task_history.task_title character varying(255) NOT NULL
task_history.description text NOT NULL
task_history.changes text NOT NULL
task_history.request_id character varying(64)
task_history.timestamp timestamp with time zone NOT NULL
task_history.previous_hash character varying(64) NOT NULL
task_history.hash character varying(64) NOT NULL
tasks.id uuid NOT NULL
tasks.title character varying(255) NOT NULL
tasks.description character varying(5000)
tasks.is_completed boolean NOT NULL
tasks.created_at timestamp with time zone NOT NULL
tasks.updated_at timestamp with time zone NOT NULL
tasks.completed_at timestamp with time zone
tasks.version integer NOT NULL
tasks.search_text text NOT NULL

alembic_version alembic_version_pkc PRIMARY KEY (version_num)
daily_counts pk_daily_counts PRIMARY KEY (day)
history_head ck_history_head_single_row CHECK ((id = 1))
history_head pk_history_head PRIMARY KEY (id)
idempotency_keys pk_idempotency_keys PRIMARY KEY (key)
task_history ck_task_history_action_type_known CHECK (((action_type)::text = ANY ((ARRAY['CREATED'::character varying, 'UPDATED'::character varying, 'COMPLETED'::character varying, 'INCOMPLETED'::character varying, 'DELETED'::character varying, 'RESTORED'::character varying])::text[])))
task_history ck_task_history_hash_length CHECK (((length((previous_hash)::text) = 64) AND (length((hash)::text) = 64)))
task_history ck_task_history_numbers_positive CHECK (((seq >= 1) AND (version >= 1)))
task_history pk_task_history PRIMARY KEY (seq)
task_history uq_task_history_history_id UNIQUE (history_id)
task_history uq_task_history_task_id_version UNIQUE (task_id, version)
tasks ck_tasks_completed_at_agrees CHECK ((is_completed = (completed_at IS NOT NULL)))
tasks ck_tasks_description_length CHECK ((length((description)::text) <= 5000))
tasks ck_tasks_title_length CHECK (((length((title)::text) >= 1) AND (length((title)::text) <= 255)))
tasks ck_tasks_version_positive CHECK ((version >= 1))
tasks pk_tasks PRIMARY KEY (id)

CREATE UNIQUE INDEX alembic_version_pkc ON public.alembic_version USING btree (version_num)
CREATE UNIQUE INDEX pk_daily_counts ON public.daily_counts USING btree (day)
CREATE UNIQUE INDEX pk_history_head ON public.history_head USING btree (id)
CREATE INDEX ix_idempotency_keys_created_at ON public.idempotency_keys USING btree (created_at)
CREATE UNIQUE INDEX pk_idempotency_keys ON public.idempotency_keys USING btree (key)
CREATE INDEX ix_task_history_action_type_seq ON public.task_history USING btree (action_type, seq DESC)
CREATE INDEX ix_task_history_timestamp ON public.task_history USING btree ("timestamp")
CREATE UNIQUE INDEX pk_task_history ON public.task_history USING btree (seq)
CREATE UNIQUE INDEX uq_task_history_history_id ON public.task_history USING btree (history_id)
CREATE UNIQUE INDEX uq_task_history_task_id_version ON public.task_history USING btree (task_id, version)
CREATE INDEX ix_tasks_is_completed_created_at ON public.tasks USING btree (is_completed, created_at DESC)
CREATE UNIQUE INDEX pk_tasks ON public.tasks USING btree (id)

CREATE TRIGGER task_history_no_change BEFORE DELETE OR UPDATE ON public.task_history FOR EACH ROW EXECUTE FUNCTION refuse_history_change()
CREATE TRIGGER task_history_no_truncate BEFORE TRUNCATE ON public.task_history FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()

CREATE OR REPLACE FUNCTION public.refuse_history_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
        BEGIN
            RAISE EXCEPTION 'task_history is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END $function$

"""A month's partition can be made although rows of that month have come before it."""

from alembic import op

revision = "0002_months_that_come_late"
down_revision = "0001_notifications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows that waited in the default partition move: PostgreSQL refuses a partition beside them.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION make_delivery_partitions(first date, months integer)
        RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        DECLARE
            month timestamp := date_trunc('month', first);
            starts timestamptz;
            ends timestamptz;
            name text;
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtextextended('delivery months', 12));
            FOR n IN 0..months LOOP
                name := 'delivery_' || to_char(month, 'YYYY_MM');
                starts := month AT TIME ZONE 'UTC';
                ends := (month + interval '1 month') AT TIME ZONE 'UTC';
                IF to_regclass('public.' || name) IS NULL THEN
                    EXECUTE format(
                        'CREATE TABLE public.%I (LIKE public.delivery INCLUDING ALL)', name
                    );
                    EXECUTE format(
                        'WITH early AS (DELETE FROM public.delivery_other '
                        'WHERE created_at >= %L AND created_at < %L RETURNING *) '
                        'INSERT INTO public.%I SELECT * FROM early', starts, ends, name
                    );
                    EXECUTE format(
                        'ALTER TABLE public.delivery ATTACH PARTITION public.%I '
                        'FOR VALUES FROM (%L) TO (%L)', name, starts, ends
                    );
                END IF;
                month := month + interval '1 month';
            END LOOP;
        END $$
        """
    )

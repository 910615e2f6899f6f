"""What a service asks a person to look at; a line of history may be the portal's own."""

from alembic import op

revision = "0003_reviews"
down_revision = "0002_older_names"

CHANGES = """
CREATE TABLE review (
    request_id uuid CONSTRAINT pk_review PRIMARY KEY
        CONSTRAINT fk_review_request_id REFERENCES request (id),
    about text NOT NULL,
    code text NOT NULL
);
ALTER TABLE move ALTER COLUMN by_id DROP NOT NULL;
"""


def upgrade() -> None:
    op.execute(CHANGES)

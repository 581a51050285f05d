"""The words of offers, for the search"""

import sqlalchemy as sa
from alembic import op

from partners.registry import offer_words

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('offer_words',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('codes', sa.Text(), nullable=False),
    sa.Column('name', sa.String(length=800), nullable=False),
    sa.Column('partner', sa.String(length=800), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['offer_id'], ['offers.id'], name=op.f('fk_offer_words_offer_id_offers'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_offer_words_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer_words')),
    sqlite_autoincrement=True,
    )
    with op.batch_alter_table('offer_words', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_offer_words_offer_id'), ['offer_id'], unique=True)
        batch_op.create_index(batch_op.f('ix_offer_words_organisation_id'), ['organisation_id'], unique=False)
    offer_words.make_index(op.get_bind())
    offer_words.write_all(op.get_bind())


def downgrade() -> None:
    offer_words.drop_index(op.get_bind())
    op.drop_table('offer_words')

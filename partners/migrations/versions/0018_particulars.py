"""What only one kind of offer has, the ground of a gender rule, how well a school knows a partner; two features under the names that matching reads"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

RENAMED = {'toilet': 'accessible_toilet', 'loop': 'hearing_loop'}


def upgrade() -> None:
    with op.batch_alter_table('offer_terms') as terms:
        terms.add_column(sa.Column('gender_ground', sa.String(length=200), nullable=False, server_default=''))
        terms.add_column(sa.Column('tier', sa.String(length=10), nullable=False, server_default=''))
        terms.add_column(sa.Column('particulars', sa.JSON(), nullable=False, server_default='{}'))
    with op.batch_alter_table('offer_terms') as terms:
        for name in ('gender_ground', 'tier', 'particulars'):
            terms.alter_column(name, server_default=None)
    _rename(RENAMED)


def downgrade() -> None:
    _rename({new: old for old, new in RENAMED.items()})
    with op.batch_alter_table('offer_terms') as terms:
        for name in ('particulars', 'tier', 'gender_ground'):
            terms.drop_column(name)


def _rename(names: dict[str, str]) -> None:
    """Give features their new names in offers and in what was verified; an answer that stands under the new name already stays."""
    here = op.get_bind()
    offers = sa.table('offers', sa.column('id', sa.Uuid()), sa.column('features', sa.JSON()))
    checks = sa.table('feature_checks', sa.column('id', sa.Uuid()), sa.column('offer_id', sa.Uuid()), sa.column('feature', sa.String()))
    for offer_id, features in here.execute(sa.select(offers.c.id, offers.c.features)).all():
        if any(old in (features or {}) for old in names):
            renamed = {names.get(name, name): answer for name, answer in features.items()} | {n: a for n, a in features.items() if n not in names}
            here.execute(offers.update().where(offers.c.id == offer_id).values(features=renamed))
    for old, new in names.items():
        have = [row[0] for row in here.execute(sa.select(checks.c.offer_id).where(checks.c.feature == new))]
        for check_id, offer_id in here.execute(sa.select(checks.c.id, checks.c.offer_id).where(checks.c.feature == old)).all():
            change = checks.delete() if offer_id in have else checks.update().values(feature=new)
            here.execute(change.where(checks.c.id == check_id))

"""Check-ins, notes and messages, quick notes, and who to ask for help"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

UTC = partners.foundation.db.UtcDateTime(timezone=True)
SEALED = partners.foundation.sealing.Sealed()
HELP = ('ask_senco', 'ask_head', 'ask_supervision')


def upgrade() -> None:
    op.create_table('check_ins',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('contacted', sa.String(length=10), nullable=False),
    sa.Column('helped', sa.String(length=10), nullable=False),
    sa.Column('still_wanted', sa.String(length=10), nullable=False),
    sa.Column('easy', sa.String(length=10), nullable=False),
    sa.Column('again', sa.String(length=10), nullable=False),
    sa.Column('now_0_10', sa.Integer(), nullable=True),
    sa.Column('words', SEALED, nullable=True),
    sa.Column('done_by_id', sa.Uuid(), nullable=True),
    sa.Column('done_at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_check_ins_referral_id_referrals')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_check_ins_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_ins')),
    sa.UniqueConstraint('referral_id', 'days', name=op.f('uq_check_ins_referral_id'))
    )
    op.create_table('referral_notes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('party', sa.String(length=20), nullable=False),
    sa.Column('name', SEALED, nullable=False),
    sa.Column('words', SEALED, nullable=False),
    sa.Column('is_private', sa.Boolean(), nullable=False),
    sa.Column('at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_referral_notes_referral_id_referrals')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_referral_notes_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_notes'))
    )
    op.create_table('quick_notes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('noted_by_id', sa.Uuid(), nullable=True),
    sa.Column('at', UTC, nullable=False),
    sa.Column('done_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_quick_notes_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quick_notes'))
    )
    for table, columns in (('check_ins', ('referral_id', 'school_id')), ('referral_notes', ('referral_id', 'school_id')), ('quick_notes', ('school_id',))):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.create_index(batch_op.f(f'ix_{table}_{column}'), [column], unique=False)
    with op.batch_alter_table('schools', schema=None) as batch_op:
        for name in HELP:
            batch_op.add_column(sa.Column(name, sa.String(length=160), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('schools', schema=None) as batch_op:
        for name in HELP:
            batch_op.drop_column(name)
    for table in ('quick_notes', 'referral_notes', 'check_ins'):
        op.drop_table(table)

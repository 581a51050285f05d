"""Rights: requests about records, holds, copies given out, and the ledger of what is done again after a backup is brought back"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def _at() -> sa.types.TypeEngine:
    return partners.foundation.db.UtcDateTime(timezone=True)


def _sealed() -> sa.types.TypeEngine:
    return partners.foundation.sealing.Sealed()


def upgrade() -> None:
    op.create_table('ledger_entries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('salt', sa.String(length=32), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('on', sa.String(length=10), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_entries')),
    sa.UniqueConstraint('digest', name=op.f('uq_ledger_entries_digest')),
    )
    op.create_table('legal_holds',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('reason', _sealed(), nullable=False),
    sa.Column('owner', _sealed(), nullable=False),
    sa.Column('placed_by_id', sa.Uuid(), nullable=True),
    sa.Column('placed_at', _at(), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False),
    sa.Column('lifted_at', _at(), nullable=True),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_legal_holds_family_id_families')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_legal_holds_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_holds')),
    )
    op.create_index(op.f('ix_legal_holds_school_id'), 'legal_holds', ['school_id'])
    op.create_index(op.f('ix_legal_holds_family_id'), 'legal_holds', ['family_id'])
    op.create_table('rights_requests',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=True),
    sa.Column('child_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Enum('access', 'rectification', 'erasure', 'restriction', 'objection', name='kind', native_enum=False, length=40), nullable=False),
    sa.Column('who', sa.Enum('parent', 'other_parent', 'child', 'somebody_for_them', name='who', native_enum=False, length=40), nullable=False),
    sa.Column('name', _sealed(), nullable=True),
    sa.Column('contact', _sealed(), nullable=True),
    sa.Column('words', _sealed(), nullable=True),
    sa.Column('press', sa.String(length=64), nullable=False),
    sa.Column('received_at', _at(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('opened_by_id', sa.Uuid(), nullable=True),
    sa.Column('checks', partners.foundation.sealing.SealedJson(), nullable=False),
    sa.Column('checked_at', _at(), nullable=True),
    sa.Column('checked_by_id', sa.Uuid(), nullable=True),
    sa.Column('paused_on', sa.Date(), nullable=True),
    sa.Column('paused_because', _sealed(), nullable=True),
    sa.Column('extended_at', _at(), nullable=True),
    sa.Column('extended_because', _sealed(), nullable=True),
    sa.Column('decision', sa.Enum('done', 'in_part', 'refused', 'taken_back', name='decision', native_enum=False, length=40), nullable=True),
    sa.Column('decided_words', _sealed(), nullable=True),
    sa.Column('decided_at', _at(), nullable=True),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('wiped_at', _at(), nullable=True),
    sa.ForeignKeyConstraint(['child_id'], ['children.id'], name=op.f('fk_rights_requests_child_id_children')),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_rights_requests_family_id_families')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_rights_requests_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rights_requests')),
    sa.UniqueConstraint('press', name=op.f('uq_rights_requests_press')),
    )
    op.create_index(op.f('ix_rights_requests_school_id'), 'rights_requests', ['school_id'])
    op.create_index(op.f('ix_rights_requests_family_id'), 'rights_requests', ['family_id'])
    op.create_table('access_copies',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('document', partners.foundation.sealing.SealedJson(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('made_at', _at(), nullable=False),
    sa.Column('expires_at', _at(), nullable=False),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_access_copies_family_id_families')),
    sa.ForeignKeyConstraint(['request_id'], ['rights_requests.id'], name=op.f('fk_access_copies_request_id_rights_requests')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_access_copies_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_copies')),
    )
    for column in ('request_id', 'family_id', 'school_id'):
        op.create_index(op.f(f'ix_access_copies_{column}'), 'access_copies', [column])


def downgrade() -> None:
    for table in ('access_copies', 'rights_requests', 'legal_holds', 'ledger_entries'):
        op.drop_table(table)

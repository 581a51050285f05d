"""Agreements in full, the school's lawful basis, who must not know, what was taken back, and the family's own pages"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def _at() -> sa.types.TypeEngine:
    return partners.foundation.db.UtcDateTime(timezone=True)


def _sealed() -> sa.types.TypeEngine:
    return partners.foundation.sealing.Sealed()


AGREEMENTS = (('service', 20, 'agreed'), ('special_condition', 40, 'not_decided'), ('returns', 20, 'met'))
SCHOOLS = (('lawful_basis', 40, 'public_task'), ('special_condition', 40, 'not_decided'))
FAMILIES = (('letters_ok', 10, 'not_known'), ('parental_responsibility', 20, 'not_known'), ('other_parent_sees', 20, 'nothing'))


def upgrade() -> None:
    with op.batch_alter_table('agreements', schema=None) as batch_op:
        for name, length, default in AGREEMENTS:
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=default))
        batch_op.add_column(sa.Column('basis_set_by', sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column('interpreter', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('safe_ways', _sealed(), nullable=True))
        batch_op.add_column(sa.Column('withdrawn_by', sa.String(length=20), nullable=True))
    with op.batch_alter_table('schools', schema=None) as batch_op:
        for name, length, default in SCHOOLS:
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=default))
        batch_op.add_column(sa.Column('basis_set_by', sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column('basis_set_at', _at(), nullable=True))
    with op.batch_alter_table('families', schema=None) as batch_op:
        for name, length, default in FAMILIES:
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=default))
        batch_op.add_column(sa.Column('do_not_disclose', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('kept_from', partners.foundation.sealing.SealedJson(), nullable=True))
    op.create_table('withdrawals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('agreement_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('by_kind', sa.String(length=20), nullable=False),
    sa.Column('withdrawn_at', _at(), nullable=False),
    sa.Column('could_open_from', _at(), nullable=True),
    sa.Column('opened_at', _at(), nullable=True),
    sa.Column('token_hash', sa.String(length=64), nullable=True),
    sa.Column('asked_at', _at(), nullable=True),
    sa.Column('confirmed_at', _at(), nullable=True),
    sa.Column('confirmed_by', _sealed(), nullable=True),
    sa.Column('confirmed_how', sa.String(length=10), nullable=True),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_withdrawals_referral_id_referrals')),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreements.id'], name=op.f('fk_withdrawals_agreement_id_agreements')),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_withdrawals_family_id_families')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_withdrawals_school_id_schools')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_withdrawals_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_withdrawals')),
    sa.UniqueConstraint('referral_id', name=op.f('uq_withdrawals_referral_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_withdrawals_token_hash'))
    )
    for column in ('agreement_id', 'family_id', 'school_id', 'organisation_id'):
        op.create_index(op.f(f'ix_withdrawals_{column}'), 'withdrawals', [column], unique=False)
    _own_pages()


def _own_pages() -> None:
    op.create_table('questionnaires',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('child_id', sa.Uuid(), nullable=True),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('browser_hash', sa.String(length=64), nullable=True),
    sa.Column('answers', partners.foundation.sealing.SealedJson(), nullable=True),
    sa.Column('made_by_id', sa.Uuid(), nullable=True),
    sa.Column('made_at', _at(), nullable=False),
    sa.Column('expires_at', _at(), nullable=False),
    sa.Column('given_at', _at(), nullable=True),
    sa.Column('taken_back_at', _at(), nullable=True),
    sa.Column('looked_at', _at(), nullable=True),
    sa.Column('looked_by_id', sa.Uuid(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_questionnaires_school_id_schools')),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_questionnaires_family_id_families')),
    sa.ForeignKeyConstraint(['child_id'], ['children.id'], name=op.f('fk_questionnaires_child_id_children')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questionnaires')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_questionnaires_token_hash'))
    )
    op.create_table('family_links',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('code_hash', sa.String(length=128), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Uuid(), nullable=True),
    sa.Column('made_at', _at(), nullable=False),
    sa.Column('expires_at', _at(), nullable=False),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_family_links_family_id_families')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_family_links_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_family_links')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_family_links_token_hash'))
    )
    op.create_table('corrections',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('words', _sealed(), nullable=False),
    sa.Column('made_at', _at(), nullable=False),
    sa.Column('done_at', _at(), nullable=True),
    sa.Column('done_by_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_corrections_family_id_families')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_corrections_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_corrections'))
    )
    for table in ('questionnaires', 'family_links', 'corrections'):
        for column in ('school_id', 'family_id', *(['child_id'] if table == 'questionnaires' else [])):
            op.create_index(op.f(f'ix_{table}_{column}'), table, [column], unique=False)


def downgrade() -> None:
    for table in ('corrections', 'family_links', 'questionnaires', 'withdrawals'):
        op.drop_table(table)
    with op.batch_alter_table('families', schema=None) as batch_op:
        for name in ('kept_from', 'do_not_disclose', *(name for name, _length, _default in FAMILIES)):
            batch_op.drop_column(name)
    with op.batch_alter_table('schools', schema=None) as batch_op:
        for name in ('basis_set_at', 'basis_set_by', *(name for name, _length, _default in SCHOOLS)):
            batch_op.drop_column(name)
    with op.batch_alter_table('agreements', schema=None) as batch_op:
        for name in ('withdrawn_by', 'safe_ways', 'interpreter', 'basis_set_by', *(name for name, _length, _default in AGREEMENTS)):
            batch_op.drop_column(name)

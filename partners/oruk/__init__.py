"""Open Referral UK 3.0: our offers as others read them, and theirs as we do. The only rooms with American spelling."""

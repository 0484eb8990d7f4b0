"""What a run on mails is asked."""

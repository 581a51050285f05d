"""Privacy: complaints, requests about records, holds, erasing, and how long things are kept."""

"""What a report tells of quality: pass rates, the verdict, the worst answers, and where those who judged disagree."""

"""The tools that check, execute and publish the book; run them from the project's root."""

"""Many mats: what they report in one record, who they are, and a view of all of them. Only with the extra `[fleet]`."""

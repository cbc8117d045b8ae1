"""From a broker into the record: batches acknowledged after COMMIT, and an audit that asks mats for what is missing."""

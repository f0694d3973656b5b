-- The alert whose resolution a delivery tells, to a service that has an incident open for it; null for what has fired.
alter table alert_deliveries add column resolves uuid;

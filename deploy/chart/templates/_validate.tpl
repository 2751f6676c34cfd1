{{/* Refuses what cannot work, and says what to do instead. What one value alone may be is in values.schema.json. */}}
{{- define "sallyport.validate" -}}
{{- $values := .Values -}}
{{- if not $values.image.repository -}}
{{- fail "give image.repository: the image is built from deploy/Dockerfile and lies in a registry of yours" -}}
{{- end -}}
{{- if $values.database.existingSecret -}}
{{- if not $values.secretKey.existingSecret -}}
{{- fail "database.existingSecret needs secretKey.existingSecret: with PostgreSQL pods have no volume to keep a key on, and with another key the clusters' credentials cannot be opened" -}}
{{- end -}}
{{- if not $values.tls.existingSecret -}}
{{- fail "database.existingSecret needs tls.existingSecret: with PostgreSQL pods have no volume to keep a CA on, and kubeconfigs trust one" -}}
{{- end -}}
{{- if $values.persistence.existingClaim -}}
{{- fail "persistence.existingClaim has no use with database.existingSecret: with PostgreSQL pods keep nothing" -}}
{{- end -}}
{{- else if gt (int $values.replicaCount) 1 -}}
{{- fail "replicaCount above 1 needs database.existingSecret: SQLite is one pod's" -}}
{{- end -}}
{{- if $values.ingress.enabled -}}
{{- if not $values.publicUrl -}}
{{- fail "ingress.enabled needs publicUrl: the Ingress takes its host from it" -}}
{{- end -}}
{{- if $values.ingress.tlsPassthrough -}}
{{- if $values.ingress.tlsSecret -}}
{{- fail "ingress.tlsSecret needs ingress.tlsPassthrough=false: where TLS is passed through, Sallyport serves its own certificate (tls.existingSecret)" -}}
{{- end -}}
{{- else if not $values.trustedProxies -}}
{{- fail "ingress.tlsPassthrough=false needs trustedProxies: the addresses of the controller's pods, or everybody seems to come from there" -}}
{{- end -}}
{{- end -}}
{{- range $values.proxyProtocol -}}
{{- if or (hasPrefix "127." .) (hasSuffix "/0" .) (eq "::1" (trimSuffix "/128" .)) -}}
{{- fail (printf "proxyProtocol holds %s, and so the pod itself, whose probes send no header: name the load balancer's own addresses" .) -}}
{{- end -}}
{{- end -}}
{{- if $values.metrics.serviceMonitor.enabled -}}
{{- if not $values.metrics.existingSecret -}}
{{- fail "metrics.serviceMonitor needs metrics.existingSecret: /metrics opens with a token" -}}
{{- end -}}
{{- if not $values.metrics.serviceMonitor.tlsConfig -}}
{{- fail "metrics.serviceMonitor needs tlsConfig: a ca and a serverName by which the certificate is known, or insecureSkipVerify" -}}
{{- end -}}
{{- end -}}
{{- with $values.backup -}}
{{- if .schedule -}}
{{- if not .existingSecret -}}
{{- fail "backup.schedule needs backup.existingSecret: the passphrase that seals what is made" -}}
{{- end -}}
{{- if not .existingClaim -}}
{{- fail "backup.schedule needs backup.existingClaim: a volume of yours, which is not lost with that of the data" -}}
{{- end -}}
{{- if $values.database.existingSecret -}}
{{- if .withAudit -}}
{{- fail "backup.withAudit has no use with database.existingSecret: from PostgreSQL pg_dump takes the audit log" -}}
{{- end -}}
{{- else -}}
{{- if not $values.persistence.enabled -}}
{{- fail "backup.schedule needs persistence.enabled: what is in the pod alone, no other pod can read" -}}
{{- end -}}
{{- if has "ReadWriteOncePod" $values.persistence.accessModes -}}
{{- fail "backup.schedule needs ReadWriteOnce in persistence.accessModes: ReadWriteOncePod lets no second pod read the data" -}}
{{- end -}}
{{- $data := default (include "sallyport.fullname" $) $values.persistence.existingClaim -}}
{{- if eq .existingClaim $data -}}
{{- fail "backup.existingClaim must be another one than that of the data, which it is to outlive" -}}
{{- end -}}
{{- end -}}
{{- else if or .existingSecret .existingClaim -}}
{{- fail "backup.existingSecret and existingClaim need backup.schedule: without one, no backup is made" -}}
{{- end -}}
{{- end -}}
{{- $own := dict "DATABASE_URL" "database.existingSecret" "SALLYPORT_SECRET_KEY" "secretKey.existingSecret" "SALLYPORT_METRICS_TOKEN" "metrics.existingSecret" "SALLYPORT_TLS_CERT" "tls.existingSecret" "SALLYPORT_TLS_KEY" "tls.existingSecret" "SALLYPORT_ADMIN_PASSWORD_FILE" "adminPassword.existingSecret" "SALLYPORT_PUBLIC_URL" "publicUrl" "SALLYPORT_TRUSTED_PROXIES" "trustedProxies" "SALLYPORT_PROXY_PROTOCOL" "proxyProtocol" "SALLYPORT_WORKERS" "workers" "SALLYPORT_SHUTDOWN_GRACE" "shutdownGraceSeconds" "SALLYPORT_PORT" "service.port" "SALLYPORT_DATA_DIR" "persistence" "SALLYPORT_CONFIG" "config" -}}
{{- range $values.extraEnv -}}
{{- if hasKey $own .name -}}
{{- fail (printf "%s in extraEnv is what %s is for" .name (get $own .name)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

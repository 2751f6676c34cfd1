{{/* The pod, of a StatefulSet and of a Deployment alike. */}}
{{- define "sallyport.pod" -}}
{{- $grace := add (int .Values.shutdownGraceSeconds) (int (include "sallyport.farewellSeconds" .)) -}}
metadata:
  labels:
    {{- include "sallyport.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Settings are read at the start only.
    checksum/config: {{ include "sallyport.config" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "sallyport.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  # What is left is cut off ten seconds after the grace; this is for the case that even that fails.
  terminationGracePeriodSeconds: {{ add $grace 20 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  containers:
    - name: sallyport
      image: {{ include "sallyport.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      env:
        {{- include "sallyport.env" . | nindent 8 }}
      ports:
        - name: https
          containerPort: 9443
      # Long enough for a new version to bring a large database up to date.
      startupProbe:
        {{- include "sallyport.probe" (dict "root" . "path" "/healthz") | nindent 8 }}
        periodSeconds: 2
        timeoutSeconds: 5
        failureThreshold: 150
      # Only that it answers: a database that does not is no reason to start again.
      livenessProbe:
        {{- include "sallyport.probe" (dict "root" . "path" "/healthz") | nindent 8 }}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        {{- include "sallyport.probe" (dict "root" . "path" "/readyz") | nindent 8 }}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      {{- if gt (int .Values.replicaCount) 1 }}
      lifecycle:
        # New connections go to the others before this one takes none.
        preStop:
          exec: { command: [sleep, {{ include "sallyport.farewellSeconds" . | quote }}] }
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /data }
        - { name: tmp, mountPath: /tmp }
        - { name: config, mountPath: /etc/sallyport/config, readOnly: true }
        {{- if .Values.tls.existingSecret }}
        - { name: tls, mountPath: /etc/sallyport/tls, readOnly: true }
        {{- end }}
        {{- if .Values.adminPassword.existingSecret }}
        - { name: admin, mountPath: /etc/sallyport/admin, readOnly: true }
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: data
      {{- if or .Values.database.existingSecret (not .Values.persistence.enabled) }}
      emptyDir: {}
      {{- else }}
      persistentVolumeClaim:
        claimName: {{ default (include "sallyport.fullname" .) .Values.persistence.existingClaim }}
      {{- end }}
    - name: tmp
      emptyDir: {}
    - name: config
      configMap: { name: {{ include "sallyport.fullname" . }} }
    {{- with .Values.tls.existingSecret }}
    # The whole folder, so that a renewed certificate comes through; its files are read again.
    - name: tls
      secret: { secretName: {{ . | quote }}, defaultMode: 0440 }
    {{- end }}
    {{- with .Values.adminPassword }}
    {{- if .existingSecret }}
    - name: admin
      secret:
        secretName: {{ .existingSecret | quote }}
        defaultMode: 0440
        items: [{ key: {{ .key | quote }}, path: password }]
    {{- end }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml .Values.topologySpreadConstraints | nindent 4 }}
  {{- else if gt (int .Values.replicaCount) 1 }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "sallyport.selectorLabels" . | nindent 10 }}
  {{- end }}
{{- end -}}

{{/* The settings as a container finds them, the secret ones too. */}}
{{- define "sallyport.env" -}}
- name: SALLYPORT_CONFIG
  value: /etc/sallyport/config/sallyport.yaml
{{- with .Values.database }}
{{- if .existingSecret }}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ .existingSecret | quote }}, key: {{ .key | quote }} } }
{{- end }}
{{- end }}
{{- with .Values.secretKey }}
{{- if .existingSecret }}
- name: SALLYPORT_SECRET_KEY
  valueFrom: { secretKeyRef: { name: {{ .existingSecret | quote }}, key: {{ .key | quote }} } }
{{- end }}
{{- end }}
{{- with .Values.metrics }}
{{- if .existingSecret }}
- name: SALLYPORT_METRICS_TOKEN
  valueFrom: { secretKeyRef: { name: {{ .existingSecret | quote }}, key: {{ .key | quote }} } }
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end -}}

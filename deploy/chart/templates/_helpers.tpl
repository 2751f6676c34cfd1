{{- define "sallyport.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 52 characters: a StatefulSet's pods carry a hash behind it in a label of 63. */}}
{{- define "sallyport.fullname" -}}
{{- $name := include "sallyport.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "sallyport.selectorLabels" -}}
app.kubernetes.io/name: {{ include "sallyport.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sallyport.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "sallyport.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "sallyport.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "sallyport.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "sallyport.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* A pod that leaves a Service hears of it at once, and those who send to it a moment later. */}}
{{- define "sallyport.farewellSeconds" -}}
{{- if gt (int .Values.replicaCount) 1 }}5{{ else }}0{{ end -}}
{{- end -}}

{{/*
How Kubernetes asks whether a path answers. The kubelet asks from the node, and a load balancer often
comes from there too: where it must send a PROXY header, which the kubelet cannot, the pod asks itself.
*/}}
{{- define "sallyport.probe" -}}
{{- if .root.Values.proxyProtocol -}}
exec:
  command:
    - node
    - -e
    - require("https").get({host:"127.0.0.1",port:9443,path:process.argv[1],rejectUnauthorized:false},(r)=>process.exit(r.statusCode===200?0:1)).on("error",()=>process.exit(1))
    - {{ .path }}
{{- else -}}
httpGet: { path: {{ .path }}, port: https, scheme: HTTPS }
{{- end -}}
{{- end -}}

{{/* The settings that are no secrets, as sallyport.yaml has them. */}}
{{- define "sallyport.config" -}}
workers: {{ .Values.workers }}
shutdownGrace: {{ .Values.shutdownGraceSeconds }}s
{{- with .Values.publicUrl }}
publicUrl: {{ . | quote }}
{{- end }}
{{- with .Values.trustedProxies }}
trustedProxies:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.proxyProtocol }}
proxyProtocol:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.tls.existingSecret }}
tlsCert: /etc/sallyport/tls/tls.crt
tlsKey: /etc/sallyport/tls/tls.key
{{- end }}
{{- if .Values.adminPassword.existingSecret }}
adminPasswordFile: /etc/sallyport/admin/password
{{- end }}
{{- with .Values.config }}
{{ toYaml . }}
{{- end }}
{{- end -}}

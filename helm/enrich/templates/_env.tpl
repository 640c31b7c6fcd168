{{/*
The environment of a component's server: what the chart derives, then `settings`, of which the component's own win.
Takes root, name and component. Which variables there are, and who takes them, stands in files/settings.json.
*/}}
{{- define "enrich.env" -}}
{{- $v := .root.Values }}{{ $name := .name }}
{{- $known := fromJson (include "enrich.knownSettings" (dict "root" .root "name" $name)) }}
{{- $env := dict
  "ENRICH_LISTEN" (printf "%s:%s" $v.listenAddress (include "enrich.text" $v.ports.grpc))
  "ENRICH_DRAIN_SECONDS_MAX" $v.drainSeconds
  "ENRICH_LOG_FORMAT" $v.log.format
  "ENRICH_LOG" $v.log.filter }}
{{- if $v.metrics.enabled }}
{{- $_ := set $env "ENRICH_METRICS_LISTEN" (printf "%s:%s" $v.listenAddress (include "enrich.text" $v.ports.metrics)) }}
{{- end }}
{{- with $v.trace.endpoint }}
{{- $_ := set $env "ENRICH_TRACE_ENDPOINT" . }}
{{- $_ := set $env "ENRICH_TRACE_RATIO" $v.trace.ratio }}
{{- if $v.trace.ca.configMap }}{{ $_ := set $env "ENRICH_TRACE_CA" (printf "/etc/enrich/trace-ca/%s" $v.trace.ca.key) }}{{ end }}
{{- end }}
{{- if include "enrich.hasTls" . }}
{{- $_ := set $env "ENRICH_HEALTH_LISTEN" (printf "%s:%s" $v.listenAddress (include "enrich.text" $v.ports.health)) }}
{{- $_ := set $env "ENRICH_TLS_CERTIFICATE" "/etc/enrich/tls/tls.crt" }}
{{- $_ := set $env "ENRICH_TLS_KEY" "/etc/enrich/tls/tls.key" }}
{{- if or (ne $name (include "enrich.door" .root)) $v.tls.mutual }}
{{- $_ := set $env "ENRICH_TLS_CLIENT_CA" "/etc/enrich/tls/ca.crt" }}
{{- end }}
{{- end }}
{{- if eq $name (include "enrich.door" .root) }}
{{- $_ := set $env "ENRICH_CONNECTION_AGE_SECONDS_MAX" $v.connectionAgeSeconds }}
{{- /* The all-in-one server would open it unasked. */}}
{{- $_ := set $env "ENRICH_HTTP_LISTEN" "off" }}
{{- if $v.http.enabled }}
{{- $_ := set $env "ENRICH_HTTP_LISTEN" (printf "%s:%s" $v.listenAddress (include "enrich.text" $v.ports.http)) }}
{{- with $v.http.corsOrigins }}{{ $_ := set $env "ENRICH_HTTP_CORS_ORIGINS" (join "," .) }}{{ end }}
{{- end }}
{{- if $v.tenants.secretName }}
{{- $_ := set $env "ENRICH_TENANTS" (printf "/etc/enrich/tenants/%s" $v.tenants.key) }}
{{- end }}
{{- if $v.jwt.secretName }}
{{- $_ := set $env "ENRICH_JWKS" (printf "/etc/enrich/jwks/%s" $v.jwt.key) }}
{{- $_ := set $env "ENRICH_JWT_ISSUER" $v.jwt.issuer }}
{{- $_ := set $env "ENRICH_JWT_AUDIENCE" $v.jwt.audience }}
{{- $_ := set $env "ENRICH_JWT_TENANT_CLAIM" $v.jwt.tenantClaim }}
{{- end }}
{{- end }}
{{- if eq $name "gateway" }}
{{- range list "language" "entities" "topics" }}
{{- $uri := printf "%s://%s-%s:%s" (ternary "https" "http" $v.tls.internal.enabled) (include "enrich.fullname" $.root) . (include "enrich.text" $v.ports.grpc) }}
{{- $_ := set $env (printf "ENRICH_%s_URI" (upper .)) $uri }}
{{- end }}
{{- if $v.tls.internal.enabled }}
{{- $_ := set $env "ENRICH_UPSTREAM_CA" "/etc/enrich/internal/ca.crt" }}
{{- $_ := set $env "ENRICH_UPSTREAM_CERTIFICATE" "/etc/enrich/internal/tls.crt" }}
{{- $_ := set $env "ENRICH_UPSTREAM_KEY" "/etc/enrich/internal/tls.key" }}
{{- end }}
{{- end }}
{{- if include "enrich.hasEntities" . }}
{{- if ne $v.model.source "image" }}{{ $_ := set $env "ENRICH_ENTITIES_MODEL" "/models/entities" }}{{ end }}
{{- if .component.gpu.enabled }}{{ $_ := set $env "ENRICH_ENTITIES_DEVICE" "cuda:0" }}{{ end }}
{{- end }}
{{- if include "enrich.hasOwnTopics" . }}
{{- $_ := set $env "ENRICH_OWN_TOPICS" (printf "/etc/enrich/own-topics/%s" $v.ownTopics.key) }}
{{- end }}
{{- range list $v.settings .component.settings }}
{{- range $key, $value := . }}
{{- if has $key $known.names }}{{ $_ := set $env $key $value }}{{ end }}
{{- end }}
{{- end }}
{{- range $key := keys $env | sortAlpha }}
- name: {{ $key }}
  value: {{ include "enrich.text" (get $env $key) | quote }}
{{- end }}
{{- /* A pod without a CPU limit sees every core of its node; what it asks for is what it should spread its work over. */}}
{{- range $key := list "ENRICH_COMPUTE_THREADS" "ENRICH_ENTITIES_THREADS" "TOKIO_WORKER_THREADS" }}
{{- if and (or (has $key $known.names) (hasPrefix "TOKIO" $key)) (not (hasKey $env $key)) }}
- name: {{ $key }}
  valueFrom:
    resourceFieldRef:
      containerName: enrich
      resource: requests.cpu
      divisor: "1"
{{- end }}
{{- end }}
{{- with .component.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The variables that a component's server takes, as JSON: {"names": [...]}. Takes root and name. */}}
{{- define "enrich.knownSettings" -}}
{{- $names := list }}
{{- range (.root.Files.Get "files/settings.json" | fromJson).groups }}
{{- if has $.name .of }}{{ $names = concat $names .variables }}{{ end }}
{{- end }}
{{- dict "names" $names | toJson -}}
{{- end -}}

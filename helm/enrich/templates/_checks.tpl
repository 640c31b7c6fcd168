{{/* Stops with a message where values contradict each other: such a release would be accepted, and not work. */}}
{{- define "enrich.checks" -}}
{{- include "enrich.checks.settings" . -}}
{{- include "enrich.checks.tls" . -}}
{{- include "enrich.checks.access" . -}}
{{- include "enrich.checks.outside" . -}}
{{- include "enrich.checks.model" . -}}
{{- range (fromJson (include "enrich.components" .)).names -}}
{{- include "enrich.checks.component" (dict "root" $ "name" . "component" (fromJson (include "enrich.component" (dict "root" $ "name" .)))) -}}
{{- end -}}
{{- end -}}

{{- define "enrich.checks.settings" -}}
{{- $file := .Files.Get "files/settings.json" | fromJson -}}
{{- $places := dict "settings" .Values.settings "defaults.settings" .Values.defaults.settings -}}
{{- range $name, $component := .Values.components -}}
{{- $_ := set $places (printf "components.%s.settings" $name) (get ($component | default dict) "settings" | default dict) -}}
{{- end -}}
{{- range $place, $settings := $places -}}
{{- range $key, $_ := $settings -}}
{{- with get $file.instead $key -}}
{{- fail (printf "%s.%s: the chart sets this variable itself; use instead: %s" $place $key .) -}}
{{- end -}}
{{- $of := list -}}
{{- range $file.groups -}}{{- if has $key .variables -}}{{- $of = .of -}}{{- end -}}{{- end -}}
{{- if not $of -}}{{- fail (printf "%s.%s: no server has such a variable" $place $key) -}}{{- end -}}
{{- if hasPrefix "components." $place -}}
{{- $name := trimSuffix ".settings" (trimPrefix "components." $place) -}}
{{- if not (has $name $of) -}}
{{- fail (printf "%s.%s: %s does not take this variable; it is for %s" $place $key $name (join ", " $of)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "enrich.checks.tls" -}}
{{- $tls := .Values.tls -}}
{{- range $place, $it := dict "tls" $tls "tls.internal" $tls.internal -}}
{{- if $it.enabled -}}
{{- if not (or $it.secretName $it.certManager.enabled) -}}
{{- fail (printf "%s.enabled needs a certificate: name %s.secretName, or turn on %s.certManager" $place $place $place) -}}
{{- end -}}
{{- if and $it.certManager.enabled (not $it.certManager.issuerRef.name) -}}
{{- fail (printf "%s.certManager.enabled needs %s.certManager.issuerRef.name" $place $place) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $tls.mutual (not $tls.enabled) -}}
{{- fail "tls.mutual asks callers for certificates, which needs tls.enabled" -}}
{{- end -}}
{{- if and $tls.internal.enabled (eq .Values.mode "all-in-one") -}}
{{- fail "tls.internal is for calls between pods; in mode all-in-one there are none" -}}
{{- end -}}
{{- $ports := .Values.ports -}}
{{- if ne 4 (len (uniq (list (int $ports.grpc) (int $ports.metrics) (int $ports.health) (int $ports.http)))) -}}
{{- fail "ports.grpc, ports.metrics, ports.health and ports.http must differ" -}}
{{- end -}}
{{- if and .Values.http.corsOrigins (not .Values.http.enabled) -}}
{{- fail "http.corsOrigins needs http.enabled" -}}
{{- end -}}
{{- end -}}

{{- define "enrich.checks.access" -}}
{{- if and (hasPrefix "https:" .Values.trace.endpoint) (not .Values.trace.ca.configMap) -}}
{{- fail "trace.endpoint is an https address: name the authorities that vouch for it in trace.ca.configMap" -}}
{{- end -}}
{{- if .Values.jwt.secretName -}}
{{- if not .Values.tenants.secretName -}}
{{- fail "jwt.secretName needs tenants.secretName: a token names a tenant, which must stand in the file of tenants" -}}
{{- end -}}
{{- if not (and .Values.jwt.issuer .Values.jwt.audience) -}}
{{- fail "jwt.secretName needs jwt.issuer and jwt.audience: a token is checked against both" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.ownTopics.toml .Values.ownTopics.existingConfigMap -}}
{{- fail "ownTopics.toml and ownTopics.existingConfigMap exclude each other" -}}
{{- end -}}
{{- end -}}

{{- define "enrich.checks.outside" -}}
{{- $v := .Values -}}
{{- if and $v.grpcRoute.enabled $v.ingress.enabled -}}
{{- fail "grpcRoute and ingress exclude each other: choose one door" -}}
{{- end -}}
{{- if and $v.grpcRoute.enabled (not $v.grpcRoute.parentRefs) -}}
{{- fail "grpcRoute.enabled needs grpcRoute.parentRefs: the Gateway that it belongs to" -}}
{{- end -}}
{{- if and $v.ingress.enabled (not (and $v.ingress.hosts $v.ingress.tlsSecretName)) -}}
{{- fail "ingress.enabled needs ingress.hosts and ingress.tlsSecretName: controllers speak HTTP/2 over TLS only" -}}
{{- end -}}
{{- if and $v.tls.enabled (or $v.grpcRoute.enabled $v.ingress.enabled) -}}
{{- fail "tls.enabled with grpcRoute or ingress: TLS would end twice. Let the Gateway or Ingress end it, or hand its port on whole by an object of extraObjects" -}}
{{- end -}}
{{- $outside := or $v.grpcRoute.enabled $v.ingress.enabled (ne $v.service.type "ClusterIP") -}}
{{- if and $outside $v.networkPolicy.enabled (not $v.networkPolicy.routers) -}}
{{- fail "grpcRoute, ingress and a service.type other than ClusterIP need networkPolicy.routers: the peers that calls come through, or they are dropped" -}}
{{- end -}}
{{- if $v.metrics.serviceMonitor.enabled -}}
{{- if not $v.metrics.enabled -}}{{- fail "metrics.serviceMonitor.enabled needs metrics.enabled" -}}{{- end -}}
{{- if and $v.networkPolicy.enabled (not $v.networkPolicy.scrapers) -}}
{{- fail "metrics.serviceMonitor.enabled needs networkPolicy.scrapers: the pods of Prometheus, or its scrapes are dropped" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "enrich.checks.model" -}}
{{- $model := .Values.model -}}
{{- if and (eq $model.source "pvc") (not $model.pvc.claimName) -}}
{{- fail "model.source pvc needs model.pvc.claimName" -}}
{{- end -}}
{{- if and (eq $model.source "download") (not (and $model.download.url $model.download.sha256)) -}}
{{- fail "model.source download needs model.download.url and model.download.sha256: what has no hash is not started" -}}
{{- end -}}
{{- end -}}

{{- define "enrich.checks.component" -}}
{{- $c := .component }}{{ $place := printf "components.%s" .name -}}
{{- range $c.extraEnv -}}
{{- if hasPrefix "ENRICH_" .name -}}
{{- fail (printf "%s.extraEnv: %s belongs in %s.settings, where it is checked" $place .name $place) -}}
{{- end -}}
{{- end -}}
{{- with $c.autoscaling -}}
{{- if .enabled -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- fail (printf "%s.autoscaling: minReplicas %d is over maxReplicas %d" $place (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- if not (or .cpuPercent .queueTokens) -}}
{{- fail (printf "%s.autoscaling needs cpuPercent or queueTokens to scale by" $place) -}}
{{- end -}}
{{- if and .cpuPercent (not (dig "requests" "cpu" "" $c.resources)) -}}
{{- fail (printf "%s.autoscaling.cpuPercent is a share of resources.requests.cpu, which is not set" $place) -}}
{{- end -}}
{{- if .queueTokens -}}
{{- if not (include "enrich.hasEntities" $) -}}
{{- fail (printf "%s.autoscaling.queueTokens: only entities and all-in-one have the queue of a transformer" $place) -}}
{{- end -}}
{{- if not $.root.Values.metrics.enabled -}}
{{- fail (printf "%s.autoscaling.queueTokens needs metrics.enabled" $place) -}}
{{- end -}}
{{- if and (eq .kind "keda") (not .keda.prometheusUrl) -}}
{{- fail (printf "%s.autoscaling.keda.prometheusUrl is needed to scale by queueTokens with KEDA" $place) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $c.gpu.enabled -}}
{{- if ne .name "entities" -}}
{{- fail (printf "%s.gpu: only entities has an image that uses a GPU, in mode distributed" $place) -}}
{{- end -}}
{{- $settings := mustMergeOverwrite (deepCopy .root.Values.settings) (deepCopy $c.settings) -}}
{{- if or (eq (get $settings "ENRICH_ENTITIES_ENGINE") "onnx") (eq (get $settings "ENRICH_ENTITIES_PRECISION") "int8") -}}
{{- fail (printf "%s.gpu runs on rust-bert in fp32 or bf16; ENRICH_ENTITIES_ENGINE onnx and ENRICH_ENTITIES_PRECISION int8 are of the CPU" $place) -}}
{{- end -}}
{{- end -}}
{{- end -}}

package halyard.ofrep;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.openfeature.contrib.providers.ofrep.OfrepProvider;
import dev.openfeature.contrib.providers.ofrep.OfrepProviderOptions;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates flags with OpenFeature's published Java provider for OFREP: plans as JSON on standard input, answers as JSON
 * on standard output. See test/ofrep/clients/drivers.ts for both shapes.
 */
public final class Client {
  record Plan(String baseUrl, String token, List<Call> calls) {}

  record Call(String flag, String type, @com.fasterxml.jackson.annotation.JsonProperty("default") Object fallback,
      Map<String, Object> context) {}

  private Client() {}

  public static void main(String[] arguments) throws Exception {
    ObjectMapper json = new ObjectMapper();
    List<Plan> plans = json.readValue(System.in, new TypeReference<List<Plan>>() {});
    List<List<Map<String, Object>>> answers = new ArrayList<>();
    OpenFeatureAPI api = OpenFeatureAPI.getInstance();
    for (Plan plan : plans) {
      String domain = "plan-" + answers.size();
      OfrepProviderOptions options = OfrepProviderOptions.builder()
          .baseUrl(plan.baseUrl())
          .headers(ImmutableMap.of("Authorization", ImmutableList.of("Bearer " + plan.token())))
          .build();
      api.setProviderAndWait(domain, OfrepProvider.constructProvider(options));
      List<Map<String, Object>> own = new ArrayList<>();
      for (Call call : plan.calls()) own.add(answerOf(evaluate(api.getClient(domain), call)));
      answers.add(own);
    }
    System.out.println(json.writeValueAsString(answers));
    api.shutdown();
  }

  private static FlagEvaluationDetails<?> evaluate(dev.openfeature.sdk.Client client, Call call) {
    EvaluationContext context = contextOf(call.context());
    Object fallback = call.fallback();
    return switch (call.type()) {
      case "boolean" -> client.getBooleanDetails(call.flag(), (Boolean) fallback, context);
      case "string" -> client.getStringDetails(call.flag(), (String) fallback, context);
      case "integer" -> client.getIntegerDetails(call.flag(), (Integer) fallback, context);
      case "float" -> client.getDoubleDetails(call.flag(), ((Number) fallback).doubleValue(), context);
      default -> client.getObjectDetails(call.flag(), Value.objectToValue(fallback), context);
    };
  }

  private static EvaluationContext contextOf(Map<String, Object> members) {
    MutableContext context = new MutableContext();
    members.forEach((name, value) -> {
      if (name.equals("targetingKey")) context.setTargetingKey((String) value);
      else if (value instanceof Boolean flag) context.add(name, flag);
      else if (value instanceof Integer number) context.add(name, number);
      else context.add(name, String.valueOf(value));
    });
    return context;
  }

  private static Map<String, Object> answerOf(FlagEvaluationDetails<?> details) {
    Map<String, Object> answer = new LinkedHashMap<>();
    Object value = details.getValue();
    answer.put("value", value instanceof Value wrapped ? plain(wrapped) : value);
    answer.put("variant", details.getVariant());
    answer.put("reason", details.getReason());
    answer.put("errorCode", details.getErrorCode());
    answer.put("metadata", details.getFlagMetadata().asUnmodifiableMap());
    return answer;
  }

  private static Object plain(Value value) {
    if (value.isStructure()) {
      Map<String, Object> members = new LinkedHashMap<>();
      value.asStructure().asMap().forEach((name, member) -> members.put(name, plain(member)));
      return members;
    }
    if (value.isList()) return value.asList().stream().map(Client::plain).toList();
    return value.asObject();
  }
}

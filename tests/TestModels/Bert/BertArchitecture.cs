namespace Thaw.TestModels.Bert;

public enum BertArchitecture
{
    /// <summary>BertForSequenceClassification: token types, tanh pooler.</summary>
    Bert,

    /// <summary>DistilBertForSequenceClassification: no token types, query scaled first, relu before the classifier.</summary>
    DistilBert,
}
